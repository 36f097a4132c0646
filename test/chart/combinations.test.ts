import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

import { lint, names, parseManifests, renderText } from "./helm.ts";
import { faultsOf } from "./invariants.ts";
import { schemaLocation } from "./schemas.ts";
import type { Combination } from "./switches.ts";
import { countPairs, coveringCombinations, switches, valuesOf } from "./switches.ts";
import { describeWith } from "./tools.ts";

interface Exception {
  readonly because: string;
  /** In which combinations; in all where it is left out. */
  readonly when?: (combination: Combination) => boolean;
}

/** Checks of kube-score that are not followed, and why. */
const exceptions: Readonly<Record<string, Exception>> = {
  "container-image-pull-policy": {
    because: "a tag is a hash of the content, so what the node has is right",
  },
  "container-security-context-user-group-id": {
    because: "1000 and 999 are the users that the files in the images belong to",
  },
  "deployment-replicas": { because: "the bundled database is one pod" },
  "deployment-strategy": {
    because: "two pods must never use the bundled database's volume at once",
  },
  "service-type": { because: "a NodePort is what opens the page on a laptop" },
  "horizontalpodautoscaler-replicas": { because: "whoever asks for one pod gets one" },
  "pod-networkpolicy": {
    because: "the policies are switched off",
    when: ({ networkPolicy }) => networkPolicy === "off",
  },
};

interface Score {
  readonly object_name: string;
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly grade: number;
    readonly skipped: boolean;
    readonly comments: readonly { readonly summary: string }[] | null;
  }[];
}

/** Grade of kube-score that leaves nothing to wish for. */
const allOk = 10;

const combinations = coveringCombinations();

describeWith(["helm"], "every pair of switches", () => {
  const rendered = new Map<Combination, string>();
  const textOf = (combination: Combination) => {
    const text = rendered.get(combination) ?? renderText(valuesOf(combination));
    rendered.set(combination, text);
    return text;
  };

  before(() => {
    console.log(
      `    ${Object.keys(switches).length} switches, ${countPairs()} pairs of their settings, ` +
        `${combinations.length} combinations that hold them all`,
    );
  });

  /** One test for each combination, named after the settings that are not the default. */
  const each = (body: (combination: Combination) => void) => {
    combinations.forEach((combination, index) => {
      const unusual = Object.entries(switches)
        .filter(([name, settings]) => combination[name] !== Object.keys(settings)[0])
        .map(([name]) => `${name}=${combination[name] ?? ""}`);
      it(`${index + 1}: ${unusual.join(" ") || "all defaults"}`, () => {
        body(combination);
      });
    });
  };

  describe("renders objects that keep the rules", () => {
    each((combination) => {
      const manifests = parseManifests(textOf(combination));
      assert.deepEqual(manifests.flatMap(faultsOf), []);
      assert.equal(new Set(names(manifests)).size, manifests.length, "two objects share a name");
    });
  });

  describe("passes helm lint --strict", () => {
    each((combination) => {
      assert.equal(lint(valuesOf(combination)), "");
    });
  });

  describeWith(["kubeconform", "go"], "renders what the Kubernetes API accepts", () => {
    let location: string;
    before(function () {
      // The first run on a machine downloads the sources of Kubernetes, 18 MB.
      this.timeout(300_000);
      location = schemaLocation();
    });

    each((combination) => {
      const input = textOf(combination);
      // Linkerd's, of which there is no schema.
      const servers = parseManifests(input).filter(({ kind }) => kind === "Server").length;
      const { status, stdout } = spawnSync(
        "kubeconform",
        ["-strict", "-summary", "-skip", "Server", "-schema-location", location, "-"],
        { input, encoding: "utf8" },
      );
      assert.equal(status, 0, stdout);
      assert.match(stdout, new RegExp(`Invalid: 0, Errors: 0, Skipped: ${servers}$`, "m"));
    });
  });

  describeWith(["kube-score"], "satisfies kube-score", () => {
    const used = new Set<string>();

    each((combination) => {
      const { stdout } = spawnSync(
        "kube-score",
        ["score", "--kubernetes-version", "v1.34", "--output-format", "json", "-"],
        { input: textOf(combination), encoding: "utf8" },
      );
      const complaints = (JSON.parse(stdout) as Score[]).flatMap((score) =>
        score.checks
          .filter(({ grade, skipped }) => !skipped && grade < allOk)
          .filter(({ check }) => {
            const exception = exceptions[check.id];
            used.add(check.id);
            return !exception || exception.when?.(combination) === false;
          })
          .map(({ check, comments }) => {
            const summaries = (comments ?? []).map(({ summary }) => summary);
            return `${score.object_name}: ${check.id}: ${summaries.join("; ")}`;
          }),
      );
      assert.deepEqual(complaints, []);
    });

    it("needs each of its exceptions", () => {
      assert.deepEqual(
        Object.keys(exceptions).filter((id) => !used.has(id)),
        [],
      );
    });
  });
});
