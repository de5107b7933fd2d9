/** The sparsities of the curves: 0 to 99.5 %. */
export const GRID = Float64Array.from({ length: 200 }, (_, point) => point / 200);
