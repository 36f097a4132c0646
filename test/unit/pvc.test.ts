import assert from "node:assert/strict";

import type { LiveClaim, WantedClaim } from "../../lib/pvc.ts";
import {
  bytes,
  claimProblems,
  claimTroubles,
  claimUsers,
  listClaims,
  readClaim,
} from "../../lib/pvc.ts";
import { ApiServer, claimIn, Kubeconfig } from "./apiServer.ts";

const wanted: WantedClaim = {
  claimName: "todo-chatbot-data",
  size: "2Gi",
  accessMode: "ReadWriteOnce",
};
const live: LiveClaim = {
  className: "standard",
  size: "2Gi",
  capacity: "2Gi",
  accessModes: ["ReadWriteOnce"],
  canGrow: true,
};
const moveTheData =
  "move the data: npm run todo -- db backup, take the stack down with its PVC, npm start, npm run todo -- db restore (README, Storage).";

describe("claimProblems", () => {
  for (const [what, change, there] of [
    ["the same claim", {}, {}],
    ["the class by its name", { storageClassName: "standard" }, {}],
    ["the same size in another unit", { size: "2048Mi" }, {}],
    ["growth where the class can", { size: "3Gi" }, {}],
    [
      "growth where the class can't be read: the API server decides",
      { size: "3Gi" },
      { canGrow: undefined },
    ],
    ["the old size of a growth that failed", { size: "2Gi" }, { size: "9Gi" }],
    ["less than a volume that is larger than was asked for", { size: "1Gi" }, { size: "1Gi" }],
    ["a claim without a volume", {}, { capacity: undefined }],
  ] as const) {
    it(`lets through ${what}`, () => {
      assert.deepEqual(claimProblems({ ...wanted, ...change }, { ...live, ...there }, "dev"), []);
    });
  }

  for (const [what, change, there, sentence] of [
    [
      "a smaller size",
      { size: "1Gi" },
      {},
      `storage.size is 1Gi, but PVC todo-chatbot-data has 2Gi already, and a PVC can't shrink. Set it to 2Gi or more, or ${moveTheData}`,
    ],
    [
      "growth where the class can't",
      { size: "3Gi" },
      { canGrow: false },
      `storage.size is 3Gi, but PVC todo-chatbot-data has 2Gi, and its class "standard" does not allow expansion (allowVolumeExpansion is not true). Set it to 2Gi, or enable it in the class if its driver supports it, or ${moveTheData}`,
    ],
    [
      "growth of a claim without a volume",
      { size: "3Gi" },
      { capacity: undefined },
      "storage.size is 3Gi, but PVC todo-chatbot-data (2Gi) is not bound to a volume yet, and only a bound PVC can be expanded. Set it to 2Gi; once the database runs, raise it.",
    ],
    [
      "another class",
      { storageClassName: "fast" },
      {},
      `storage.storageClassName is "fast", but PVC todo-chatbot-data has the class "standard", which can't be changed. Set it back, or ${moveTheData}`,
    ],
    [
      "another access mode",
      { accessMode: "ReadWriteMany" },
      {},
      `storage.accessMode is ReadWriteMany, but PVC todo-chatbot-data has ReadWriteOnce, which can't be changed. Set it back, or ${moveTheData}`,
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.deepEqual(claimProblems({ ...wanted, ...change }, { ...live, ...there }, "dev"), [
        sentence,
      ]);
    });
  }

  it("gives every reason at once", () => {
    const all = { storageClassName: "fast", size: "1Gi", accessMode: "ReadWriteMany" };
    assert.equal(claimProblems({ ...wanted, ...all }, live, "dev").length, 3);
  });
});

describe("bytes", () => {
  for (const [quantity, number] of [
    ["1073741824", 2 ** 30],
    ["1Gi", 2 ** 30],
    ["512Mi", 2 ** 29],
    ["1.5Ki", 1536],
    ["1k", 1000],
    ["5G", 5e9],
    ["1e3", 1000],
  ] as const) {
    it(`of ${quantity} are ${number}`, () => {
      assert.equal(bytes(quantity), number);
    });
  }
});

describe("the PVCs of a namespace", () => {
  const path = "/api/v1/namespaces/here/persistentvolumeclaims";
  const time = "2026-11-25T04:00:00.000Z";

  for (const [what, answers, expected] of [
    [
      "those that are there, and how they are",
      {
        objects: {
          [path]: {
            items: [
              { metadata: { name: "one" }, status: { phase: "Bound" } },
              { metadata: { name: "two", deletionTimestamp: time } },
              { metadata: { name: "three" }, status: { phase: "Lost" } },
            ],
          },
        },
      },
      [
        { name: "one", deletedSince: undefined, isLost: false },
        { name: "two", deletedSince: time, isLost: false },
        { name: "three", deletedSince: undefined, isLost: true },
      ],
    ],
    ["none of an empty namespace", { objects: { [path]: { items: [] } } }, []],
    ["nothing where it may not look", { status: 403 }, undefined],
  ] as const) {
    it(`are ${what}`, async () => {
      await using server = await ApiServer.start(answers);
      using _kubeconfig = new Kubeconfig({ there: server.url });

      assert.deepEqual(await listClaims("there", "here"), expected);
    });
  }

  it("are said to be in trouble when they are deleted or lost, with how to save the data", () => {
    const claim = { name: "data", deletedSince: undefined, isLost: false };

    assert.deepEqual(claimTroubles([claim], "dev"), []);
    assert.deepEqual(
      claimTroubles(
        [
          { ...claim, deletedSince: time },
          { ...claim, name: "old", isLost: true },
        ],
        "production",
      ),
      [
        `PVC data is being deleted since ${time}, and its data will be deleted as soon as no pod uses it. While the database still runs, save the data: npm run todo -- db backup --stack production --to . ; then npm run down -- --stack production, npm start -- --stack production, npm run todo -- db restore <file> --stack production`,
        "PVC old has lost its volume and the data on it. Replace it with a backup: npm run todo -- db restore <file or name> --lost-volume --stack production",
      ],
    );
  });

  it("are in use by pods that have them, and says whose those are and whether they have ended", async () => {
    const pod = (name: string, claimName: string, more: object = {}) => ({
      metadata: { name },
      spec: { volumes: [{ name: "a" }, { name: "b", persistentVolumeClaim: { claimName } }] },
      ...more,
    });
    const own = {
      metadata: { name: "database", labels: { "app.kubernetes.io/part-of": "todo-chatbot" } },
    };
    const pods = [
      pod("shell", "data"),
      pod("other", "else"),
      pod("done", "data", { status: { phase: "Succeeded" } }),
      pod("database", "data", own),
      { metadata: { name: "plain" }, spec: {} },
    ];
    await using server = await ApiServer.start({
      objects: { "/api/v1/namespaces/here/pods": { items: pods } },
    });
    using _kubeconfig = new Kubeconfig({ there: server.url });

    assert.deepEqual(await claimUsers("there", "here", ["data"]), [
      { pod: "shell", claim: "data", isOwn: false, hasEnded: false },
      { pod: "done", claim: "data", isOwn: false, hasEnded: true },
      { pod: "database", claim: "data", isOwn: true, hasEnded: false },
    ]);
  });
});

describe("readClaim", () => {
  const classPath = "/apis/storage.k8s.io/v1/storageclasses/standard";

  for (const [what, objects, canGrow] of [
    ["that can grow", { [classPath]: { allowVolumeExpansion: true } }, true],
    ["that can't grow", { [classPath]: {} }, false],
    ["whose class may not be read", {}, undefined],
  ] as const) {
    it(`reads a PVC ${what}`, async () => {
      await using server = await ApiServer.start({ objects: { ...claimIn("here"), ...objects } });
      using _kubeconfig = new Kubeconfig({ there: server.url });

      assert.deepEqual(await readClaim("there", "here", "todo-chatbot-data"), { ...live, canGrow });
    });
  }

  it("finds none where there is none", async () => {
    await using server = await ApiServer.start();
    using _kubeconfig = new Kubeconfig({ there: server.url });

    assert.equal(await readClaim("there", "here", "todo-chatbot-data"), undefined);
  });
});
