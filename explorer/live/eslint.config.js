import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["vendor/"] },
  js.configs.recommended,
  {
    files: ["assets/**/*.js"],
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: globals.browser },
  },
  {
    rules: {
      eqeqeq: "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Text goes in as text (element.js), so that no name is ever read as HTML." },
        { property: "outerHTML", message: "Text goes in as text (element.js), so that no name is ever read as HTML." },
        { property: "insertAdjacentHTML", message: "Text goes in as text (element.js)." },
      ],
      "no-shadow": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-unused-vars": ["error", { args: "after-used", argsIgnorePattern: "^_" }],
      "object-shorthand": "error",
      "max-len": ["error", 120],
      "consistent-return": "off",
    },
  },
];
