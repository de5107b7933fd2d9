/** What the live component's parts hand to one another. Types only: nothing of this reaches a browser. */

/** Numbers that can be indexed and folded, whatever array holds them. */
export type Numbers = ArrayLike<number>;

// What the server packs (explorer/packets/network.py)

export interface Layer {
  name: string;
  kind: string;
  shape: string | null;
  neurons: number;
  frozen: number;
  held: string | null;
  prunable: boolean;
  output: boolean;
  coupled: string[];
  /** Why it is tied to them, in sentences. */
  ties: string[];
}

export interface Stage {
  title: string;
  start: number;
  stop: number;
}

export type Start = "sensitivity" | "random" | "magnitude";

/** What a layer may be weighed by; seconds only with a time table. */
export type Costed = "macs" | "activations" | "seconds";

export interface Method {
  title: string;
  description: string;
  scores: Start;
  balance: boolean;
  cost: Costed | "blend" | null;
  layerwise: boolean;
  /** How every chart draws it (explorer/charts/methods.py). */
  look: { light: string; dark: string; dash: number[] };
}

export interface Budget {
  cost: Resource | "peak_training_bytes" | "step_seconds" | "inference_seconds";
  title: string;
  resource: string;
}

/** Sets of units: those of set s are members[offsets[s]] up to members[offsets[s + 1]]. */
export interface Sets {
  members: Int32Array;
  offsets: Int32Array;
}

export interface Terms extends Sets {
  kind: Uint8Array;
  coefficient: Float64Array;
  first: Int32Array;
  second: Int32Array;
  layer: Int32Array;
}

/** A packet of moments (explorer/packets/moments.py); a row of `forms` coefficients a moment. */
export interface Moments {
  coefficient: Float64Array;
  factors: Int32Array;
  /** How often a form multiplies the batch. */
  powers: Uint8Array;
  sets: Sets;
  forms: number;
  count: number;
}

/** Bytes at each moment: `degree + 1` numbers, of rising powers of the batch. */
export interface Holdings {
  terms: Float64Array;
  degree: number;
}

/** A forward and backward pass with the optimizer's update, or a forward pass alone (ranp.timing.KINDS). */
export type StepKind = "training" | "inference";

/** A packet of times (explorer/packets/times.py); rows are calls of one task at the same counts. */
export interface Times {
  kinds: StepKind[];
  /** Of each kind the seconds that no call accounts for. */
  constants: number[];
  /** Of each kind the seconds that an element takes beyond those alone. */
  perElement: number[];
  batch: number;
  layers: number;
  rows: number;
  /** Of each layer in the full network, for reweighting. */
  costs: Float64Array;
  /** How often a layer, -1 for all else, makes a row's call in a kind of step. */
  uses: Record<"kind" | "row" | "layer" | "often", Int32Array>;
  /** Of each kind how often a step makes each row's call. */
  weights: Float64Array[];
  wide: Record<"grid" | "first" | "second", Int32Array>;
  grids: Record<"first" | "second" | "starts", Int32Array> & { cells: Float64Array };
  /** Of each axis, and each width: the cells around it, and how far it lies between them. */
  places: { low: Int32Array; next: Int32Array; share: Float64Array; count: number }[];
  sized: Record<"sizes" | "starts", Int32Array>;
  terms: { constant: Float64Array; form: Int32Array };
  /** As many sets a form as `factors` says. */
  forms: Int32Array;
  factors: number;
  sizes: { elements: Float64Array; seconds: Float64Array; starts: Int32Array };
  sets: Sets;
}

/** Seconds of a step in total, and of each layer's own calls. */
export interface StepSeconds {
  total: number;
  layers: Float64Array;
}

export interface Network {
  layers: Layer[];
  index: Map<string | null, number>;
  stages: Stage[];
  methods: Record<string, Method>;
  budgets: Record<Budgeted, Budget>;
  peakTrainingBytes: number | null;
  unitCount: number;
  neurons: Int32Array;
  units: Int32Array;
  voters: Uint8Array;
  costs: { macs: Float64Array; activations: Float64Array };
  starts: Int32Array;
  layerOf: Int32Array;
  total: number;
  starting: Partial<Record<Start, { scores: Float32Array; balance: Float64Array }>>;
  terms: Terms;
  drawing: Architecture;
}

/** A part of the drawing (explorer/packets/drawing.py): lengths are pixels at zoom 1, a box is its centre and size. */
export interface Place {
  kind: "input" | "layer" | "join" | "output";
  /** Its position in network order, where it is a layer. */
  layer: number | null;
  /** From the longest to the shortest. */
  names: string[];
  /** What a join is drawn as. */
  sign: string | null;
  shape: number[];
  /** How often it is called. */
  calls: number;
  box: [number, number, number, number];
  /** How wide a name below it may be. */
  room: number;
}

/** From a place to another, and how it is drawn. */
export type Way = [number, number, "way" | "skip" | "arc" | "loop", [number, number][]];

export interface Architecture {
  width: number;
  height: number;
  places: Place[];
  lines: Way[];
}

/** A packet's header, as far as it is handed on. */
export type Packed = Pick<Network, "layers" | "stages" | "methods" | "budgets" | "peakTrainingBytes" | "drawing"> & {
  units: number;
};

// What the visitor chose (explorer/state/state.py)

export type Budgeted = "macs" | "memory" | "params" | "peak" | "time" | "inference";
export type Target = "sparsity" | Budgeted;
export type Plateau = "cut" | "keep";
export type Coupling = "any" | "paper" | "all";

export interface Settings {
  method: string;
  target: Target;
  sparsity: number;
  budget: number;
  also: "none" | Budgeted;
  also_budget: number;
  alpha: number;
  time_share?: number;
  lam: number;
  coupling: Coupling;
  min_neurons: number;
  plateau?: Plateau;
  snap?: "off" | "add" | "drop";
  card: number;
  batch: number;
  protect: string[];
  caps: Record<string, number>;
  layer: string | null;
  neuron: number | null;
  xray?: number;
}

export type Changes = Partial<Settings>;

// What the engine makes of both

export interface Pool {
  ordered: Float32Array;
  ranks: Int32Array;
  deaths: Float64Array;
}

export interface Deciders {
  sizes: Int32Array;
  needed: Int32Array;
}

export interface Ranking {
  scores: Float32Array;
  own: Float64Array;
  deaths: Float64Array;
  deciders: Deciders;
  ends: Float64Array;
  firstEmpty: number;
  maxFeasible: number;
  highest: number;
  pools: Pool[];
  layerwise: boolean;
  plateau: Plateau;
  /** Of each layer, where a time table tells them. */
  seconds: Float64Array | null;
}

/** A plateau through which the threshold goes (engine/plateau.js); `layer` is null where all layers are one pool. */
export interface EqualScores {
  score: number;
  neurons: number;
  asked: number;
  kept: number;
  layer: number | null;
}

export type Resource = "macs" | "params" | "activations";

/** What curves show; the peak and the seconds are of a training step. */
export type Priced = Resource | "peak" | "seconds";

export interface Costs extends Record<Resource, number> {
  layers: Float64Array;
}

/** Of each resource what is left, a share a point; the peak's is there where the moments are, the seconds' with a table. */
export type Curve = Record<Resource, Float64Array> & { peak?: Float64Array; seconds?: Float64Array };

export interface Plan {
  sparsity: number;
  alive: Uint8Array;
  kept: Int32Array;
  left: number;
  feasible: boolean;
  firstEmpty: number;
  achieved: number;
  costs: Costs;
  /** What snapping to fast widths did; null where it did not take place. */
  snap?: Snap | null;
}

/** The plan as it was selected, neurons that came back or went since, and seconds of a training step. */
export interface Snap {
  plain: Plan;
  added: number;
  removed: number;
  seconds: { before: number; after: number };
}

export interface Goal {
  sparsity: number;
  met: boolean;
  least: number;
}

/** A budget: what may be left of a resource, a share, and the setting that says so. */
export interface Limit {
  name: "budget" | "also_budget";
  target: Budgeted;
  share: number;
}

/** Where a budget alone leads; `least` is the share that the smallest network there is leaves. */
export interface Bound extends Goal {
  limit: Limit;
}

/** Where the settings lead; of several budgets, the one that decides. */
export interface Aim extends Goal {
  /** Null where the sparsity is prescribed. */
  limit: Limit | null;
  /** Every budget; none where the sparsity is prescribed. */
  bounds: Bound[];
}

export interface MethodCurve {
  key: string;
  curve: Curve;
  maxFeasible: number;
}

/** What a training step holds at its peak, in bytes; what is null is not known, or there is no network. */
export interface Peak {
  before: number | null;
  after: number | null;
  pending: boolean;
  /** Null without moments. */
  fit: Fit | null;
  /** Why there are no moments. */
  failed: string | null;
}

/** The largest batches, in full and pruned, that hold no more than the limit. */
export interface Fit {
  limit: number;
  before: number;
  after: number | null;
}

/** What the settings make of the network (model.js). */
export interface Evaluated {
  network: Network;
  settings: Settings;
  ranking: Ranking;
  full: Costs;
  target: Aim;
  plan: Plan;
  /** The share of the first budget's resource that the plan leaves; null where the sparsity is prescribed. */
  left: number | null;
  readonly fates: Uint8Array;
  readonly curve: Curve;
  /** Null without moments. */
  training: Training | null;
  /** Null without a time table. */
  timed: Timed | null;
}

/** What the time table says of a plan, by kind of step; `after` is null where there is no network. */
export interface Timed {
  times: Times;
  before: Record<StepKind, StepSeconds>;
  after: Record<StepKind, StepSeconds> | null;
}

/** A layer's time over its width (engine/staircase.js). */
export interface Staircase {
  /** Of width 1 and up. */
  seconds: Float64Array;
  /** How many neurons the plan keeps. */
  at: number;
  /** The next width below that is clearly faster; 0 where there is none. */
  below: number;
}

/** What the moments say of a plan. */
export interface Training {
  before: number;
  after: number | null;
  fit: Fit;
  /** The smallest sparsity with which it fits; `least` in bytes. */
  fitting: () => Goal;
}

/** That, and what the page knows besides. */
export interface Model extends Evaluated {
  others: Map<string, MethodCurve>;
  /** Null where counts are not moved to fast ones, or while it is worked out. */
  fast: Curve | null;
  peak: Peak;
}

/** What is other than at the last drawing. */
export interface Differences {
  network?: boolean;
  ranking?: boolean;
  plan?: boolean;
  settings?: boolean;
  theme?: boolean;
  curves?: boolean;
  peak?: boolean;
  times?: boolean;
  history?: boolean;
}

// What the parts of a view are given

export interface Palette {
  kept: string;
  removed: string;
  held: string;
  warning: string;
  macs: string;
  activations: string;
  params: string;
  peak: string;
  seconds: string;
  band: string;
  empty_bar: string;
  text: string;
  failing: string;
}

/** What the server says of a setting's control (explorer/page/component.py, controls). */
export interface Control {
  label: string;
  about: string;
  /** Of a number: the least and the most. */
  offered: [number, number] | null;
  /** Of a choice: each value and its title. */
  titles: [string, string][];
  hidden: boolean;
  fixed: boolean;
}

export type Controls = Record<string, Control>;

/** Of plotly.js, what the frame of a chart calls. */
export interface Plotly {
  react(graph: HTMLElement, traces: object[], layout: object, config: object): void;
  purge(graph: HTMLElement): void;
  toImage(graph: HTMLElement, how: { format: "svg"; width: number; height: number }): Promise<string>;
}

/** An element once plotly.js has drawn in it. */
export interface Graph extends HTMLDivElement {
  layout: { xaxis: { range: [number, number] }; yaxis: { range: [number, number] } };
  on(event: string, listener: () => void): void;
}

/** A choice of one value for a setting; its options are the setting's, unless fewer are offered. */
export interface Choices {
  name: keyof Settings;
  options?: [string, string][];
}

export interface Context {
  Plotly: Plotly;
  network: Network;
  base: string;
  /** What files that are saved begin with. */
  subject: string;
  readonly extra: Record<string, any>;
  readonly times: TimeSource | null;
  readonly colours: Palette;
  readonly font: string;
  words: Record<string, string>;
  controls: Controls;
  set(changes: Changes): void;
  settle(): void;
  readonly past: Past;
}

/** The history as controls use it (controls/past.js). */
export interface Past {
  readonly steps: HistoryStep[];
  readonly at: number;
  /** Whether what is shown is no step yet, as far as the server has told. */
  readonly pending: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  undo(): void;
  redo(): void;
  go(place: number): void;
}

export type Choose = (layer: number, neuron?: number | null) => void;

/** A part of a view: a chart, a figure, a list. */
export interface Part {
  update(model: Model, changed: Differences): void;
  destroy(): void;
}

/** From values to pixels of the plot, of what is in view; y is of the log10 on a logarithmic axis. */
export interface Scale {
  width: number;
  height: number;
  x(value: number): number;
  y(value: number): number;
  left(pixel: number): number;
}

export type Pen = CanvasRenderingContext2D;

/** A sentence: texts, and what is stressed. */
export type Sentence = (string | { strong: string })[];

export interface Spread {
  min: number;
  q1: number;
  median: number;
  q3: number;
  max: number;
  mean: number;
}

export interface Factors {
  balance: Float64Array;
  relative: Float64Array | null;
  resources: Float64Array;
  product: Float64Array;
}

/** The scores after each step of the pipeline (engine/steps.js). */
export interface Steps {
  importance: Float32Array;
  balance: Float32Array;
  resources: Float32Array;
  threshold: Float32Array;
  factors: Factors;
}

/** One neuron through the pipeline, number by number (engine/arithmetic.js). */
export interface Arithmetic {
  importance: { score: number; rankInLayer: number; neurons: number };
  balance: { before: number; mean: number; highest: number; highestLayer: number; factor: number; after: number };
  resources: Weighing | null;
  threshold: {
    score: number;
    rank: number;
    neurons: number;
    sparsity: number;
    kept: number;
    threshold: number | null;
    passes: boolean;
    /** The plateau of its score, where the threshold goes through it. */
    equal: EqualScores | undefined;
    layerwise: boolean;
  };
}

export interface Weighing {
  before: number;
  /** What R is made of: each cost, how much it counts, and what share it has of that of the costliest layer. */
  parts: { name: Costed; weight: number; value: number; most: number; share: number }[];
  relative: number;
  exponential: number;
  total: number;
  softmax: number;
  lam: number;
  factor: number;
  after: number;
}

export type Reason = "score" | "held" | "output" | "protected" | "tied-to-protected" | "least" | "tie" | "came-back" | "went";

export interface Vote {
  at: number;
  stays: boolean;
  counts: boolean;
}

/** Why a neuron stays or goes (engine/verdict.js). */
export interface Verdict {
  kept: boolean;
  passes: boolean;
  reason: Reason;
  votes: Vote[];
  decider: number | null;
  least: number;
}

/** A packet of single weights (explorer/compute/weights.py). */
export interface Weights {
  counts: Int32Array;
  zeros: Int32Array;
  positive: Int32Array;
  negative: Int32Array;
  sums: Float64Array;
  equal: Uint8Array;
  places: Int32Array;
  weights: Float32Array;
  contributions: Float32Array;
  spreads: Float64Array;
  kernels: number[][];
  biases: boolean[];
  largest: number;
  decades: number;
  binsPerDecade: number;
  bins: number;
  top: number;
  signed: boolean;
}

export interface NeuronWeights {
  count: number;
  zeros: number;
  positive: Int32Array;
  negative: Int32Array | null;
  sum: number;
  equal: boolean;
  largest: { place: number; weight: number; contribution: number }[];
}

// The X-ray

export type Texts = Record<string, string>;

/** Everything that the X-ray shows of one neuron at one step (views/xray.js). */
export interface Now {
  texts: Texts;
  network: Network;
  settings: Settings;
  model: Model;
  at: number;
  all: Steps;
  step: number;
  start: Start;
  layer: number;
  numbers: Arithmetic;
  verdict: Verdict;
  taken: boolean;
  found: Weights | null;
  weights: NeuronWeights | null;
  neuron: { sizes: number } | null;
  extra: Record<string, any>;
  criterion: string;
  reduce: string;
}

export interface Entry {
  title: string;
  mark: "bar" | "box" | "hatch" | "line" | "cross" | "dot" | "ring" | "diamond" | "up" | "down";
  colour: string;
  second?: string;
  dash?: number[];
}

/** What the chart of all layers shows; what is not there is null (xray/scenes.js). */
export interface Scene {
  title: string;
  axis: string;
  range: [number, number];
  spreads: Spread[];
  chosen: { layer: number; value: number | null; aside?: number };
  legend: (colours: Palette) => Entry[];
  words: string;
  before: Spread[] | null;
  highest: number | null;
  factors: Float64Array | null;
  costs: { tint: "macs" | "memory" | "time"; shares: Float64Array }[] | null;
  marks: { network: Network; order: Int32Array; logs: Float32Array; fates: Uint8Array } | null;
  limits: (number | null)[] | null;
}

/** What a chart says of the place under the pointer. */
export interface Said {
  lines: string[];
  at?: number;
}

/** What `element` takes as a child. */
export type Child = Node | string | null | undefined | false;

/** What an attribute may be set to; null and false take it away. */
export type Attribute = string | number | boolean | null | undefined;

export type Attributes = { on?: Record<string, (event: any) => void> } & { [name: string]: any };

/** A chart's numbers: the header with units, then rows. */
export interface Table {
  columns: string[];
  rows: (string | number | null)[][];
}

/** What a chart says of the files that are made of it (charts/frame.js). */
export interface Saved {
  chart: string;
  settings: () => Settings;
  table: () => Table;
}

/** A chart as its menu takes it (saving/menu.js). */
export interface Savable {
  name: () => string;
  picture: () => Promise<SVGSVGElement>;
  table: () => Table;
}

/** A chart as it stands, for one drawing of it (saving/picture.js). */
export interface Shown {
  Plotly: Plotly;
  title: string;
  legend: Element;
  note: string;
  graph: HTMLElement;
  left: number;
  top: number;
  width: number;
  height: number;
  scale: Scale;
  painter: Painter;
  looks: { colours: Palette; font: string; back: string };
}

/** What paints a chart, at every change. */
export type Painter = (ctx: Pen, scale: Scale, colours: Palette) => void;

export type Step = "sensitivity" | Scored;

/** The steps after which neurons have scores. */
export type Scored = "importance" | "balance" | "resources" | "threshold";

/** The data that the server sends with every run of the page. */
export interface Data {
  base: string;
  /** Network and size, as file names have them. */
  subject?: string;
  packet: string;
  view: "explore" | "lesson" | "xray" | "plan" | "equal";
  revision: number;
  settings: Settings;
  controls: Controls;
  words?: Record<string, string>;
  peak?: Estimate | null;
  times?: TimeSource | null;
  history?: History | null;
  extra?: Record<string, any>;
}

/** The data of one file (explorer/takeaway): what a server would send first, and what the file says by itself. */
export interface Carried extends Data {
  says: { noPeak: string; noTimes: string };
}

/** A plan that was at hand (explorer/page/session.py, travels); its settings where the browser can go by itself. */
export interface HistoryStep {
  number: number;
  label: string;
  settings: Settings | null;
}

/** The plans of the visit, and the place among them. */
export interface History {
  at: number;
  steps: HistoryStep[];
}

/** What the server says of the peak: a packet of moments, or else estimates for one example. */
export interface Estimate {
  stamp?: number;
  before?: number | null;
  after?: number | null;
  pending?: boolean;
  moments?: string | null;
  failed?: string | null;
}

/** What the server says of the time table in use: its packet, or why there is none (explorer/page/component.py). */
export interface TimeSource {
  packet: string | null;
  /** Where the seconds were measured and how far they are off, in few words. */
  source: string;
  /** The whole of it, or how a table gets here. */
  about: string;
  /** Whether the packet is on its way. */
  pending?: boolean;
  /** Why there is none, in a few words. */
  why?: string;
  /** How far off budgets of time are, by the budget. */
  errors?: Partial<Record<Budgeted, string>>;
}

/** One test example: bytes of a row-major array (slice, height, width). */
export interface PicturedExample {
  size: [number, number, number];
  image: Uint8Array;
  truth: Uint8Array;
  /** One for each network. */
  answers: Uint8Array[];
}

/** What is drawn of test examples (explorer/training/pictured.py). */
export interface Pictures {
  form: "labels" | "disparity" | "class";
  /** In place of what nobody knows. */
  unknown: number;
  /** Pixels of disparity in a byte. */
  scale: number;
  /** From how many pixels on a disparity is wrong. */
  off: number;
  /** Names of the labels, by their numbers. */
  labels: Record<number, string>;
  /** The labels in use that have a colour. */
  shown: number[];
  examples: PicturedExample[];
  networks: { says: string; wrong: string; errors: string[] }[];
  words: {
    example: string;
    axis: string;
    input: string;
    truth: string;
    right: string;
    wrong: string;
    legendWrong: string;
    scale: string;
    dark: string;
    examples: string[];
  };
}

declare global {
  var Plotly: Plotly | undefined;
}
