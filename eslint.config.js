import tseslint from "typescript-eslint";

import { floorRules } from "./eslint.floors.js";

const onlyConfigReadsConfig = {
  selector: "NewExpression[callee.property.name='Config']",
  message: "Only config/ reads the stack configuration; take the value as an argument.",
};
const noEnvironment = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message:
    "Only cli/, tools/, test/ and images/*/ read the environment; take the value as an argument.",
};

export default tseslint.config(
  {
    ignores: [
      "**/node_modules",
      "**/dist",
      "**/*.mjs",
      "**/*.cjs",
      "eslint.*.js",
      ".todo-chatbot",
      "**/*.gen.ts",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Catches an Output in a template literal, which would print as "[Output]".
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
      // zod, fastify and pg export functions that don't use this.
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-misused-spread": "off",
    },
  },
  {
    files: ["index.ts", "components/**"],
    rules: { "no-restricted-syntax": ["error", onlyConfigReadsConfig, noEnvironment] },
  },
  ...floorRules,
  {
    files: ["**/test/**"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-dynamic-delete": "off",
      "@typescript-eslint/no-unused-expressions": "off",
      // Tests read untyped responses and assert their content.
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      // A fake keeps the signature of the original.
      "@typescript-eslint/require-await": "off",
      // The Kubernetes client's classes are only types; it accepts plain objects.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
    },
  },
);
