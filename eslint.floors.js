/**
 * The floors of the tree, lowest first: a folder imports only from itself and from the floors below.
 * ARCHITECTURE.md has the same table; a test compares them.
 */
export const floors = [
  ["lib"],
  ["components"],
  ["config"],
  ["preflight.ts"],
  ["index.ts"],
  ["render"],
  ["policy"],
  ["cli"],
  ["tools"],
  ["test", "bench"],
];

/** ESLint configuration per floor, which forbids imports from the floors above. */
export const floorRules = floors.slice(0, -1).map((floor, height) => {
  const above = floors.slice(height + 1).flat();
  const names = above.map((name) => name.replace(".", String.raw`\.`)).join("|");
  return {
    files: floor.map((name) => (name.endsWith(".ts") ? name : `${name}/**`)),
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: String.raw`^(\.{1,2}/)+(${names})(/|$)`,
              message: `${floor.join(", ")} may import from the floors below only (eslint.floors.js); ${above.join(", ")} are above.`,
            },
          ],
        },
      ],
    },
  };
});
