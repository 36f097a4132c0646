import assert from "node:assert/strict";

import { expansionNote, lostVolumes, volumeNotes } from "../../lib/volume-state.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";

const context = "kind-todo-chatbot";
const namespace = "todo";
const claim = (status: object) => ({
  metadata: { name: "data", labels: { "app.kubernetes.io/part-of": "todo-chatbot" } },
  spec: { volumeName: "pv-1", resources: { requests: { storage: "2Gi" } } },
  status: { capacity: { storage: "1Gi" }, ...status },
});

describe("the expansion of a PVC", () => {
  const condition = (type: string) => ({ conditions: [{ type, status: "True" }] });

  it("is told while it goes on, and what it waits for", () => {
    assert.deepEqual(expansionNote(claim({}), "dev"), []);
    assert.deepEqual(expansionNote(claim(condition("Resizing")), "dev"), [
      { isBad: false, text: "PVC data is being expanded from 1Gi to 2Gi." },
    ]);
    assert.deepEqual(expansionNote(claim(condition("FileSystemResizePending")), "dev"), [
      {
        isBad: false,
        text: "PVC data is being expanded from 1Gi to 2Gi: the file system grows when a pod next starts with it.",
      },
    ]);
  });

  it("is to be undone when the storage can't", () => {
    const refused = { allocatedResourceStatuses: { storage: "ControllerResizeInfeasible" } };
    assert.deepEqual(expansionNote(claim(refused), "dev"), [
      {
        isBad: true,
        text: "PVC data is being expanded from 1Gi to 2Gi, but its storage can't (ControllerResizeInfeasible). Set storage.size to less than 2Gi, but more than 1Gi, and run npm start.",
      },
    ]);
  });
});

describe("the node of a local volume", () => {
  /** An API server with PVCs on node-1. */
  async function cluster(node: object | undefined, claims: readonly object[] = [claim({})]) {
    const terms = [{ matchExpressions: [{ key: "kubernetes.io/hostname", values: ["node-1"] }] }];
    const objects = {
      [`/api/v1/namespaces/${namespace}/persistentvolumeclaims`]: { items: claims },
      "/api/v1/persistentvolumes/pv-1": {
        spec: { nodeAffinity: { required: { nodeSelectorTerms: terms } } },
      },
      ...(node && { "/api/v1/nodes/node-1": node }),
    };
    const server = await ApiServer.start({ objects });
    const kubeconfig = new Kubeconfig({ [context]: server.url });
    return {
      [Symbol.asyncDispose]: () => {
        kubeconfig[Symbol.dispose]();
        return server[Symbol.asyncDispose]();
      },
    };
  }
  /** What is told of a volume on node-1. */
  async function told(node: object | undefined): Promise<string> {
    await using _cluster = await cluster(node);
    const notes = await volumeNotes(context, namespace, "dev");
    return notes.map(({ text }) => text).join();
  }
  const node = (status: string) => ({ status: { conditions: [{ type: "Ready", status }] } });

  it("is named when it is gone or not ready, with what is lost and the way back", async () => {
    assert.equal(await told(node("True")), "");
    assert.match(await told(node("Unknown")), /on the disk of node node-1, which is not ready/);
    assert.equal(
      await told(undefined),
      "PVC data is on the disk of node node-1, which is gone. Bring the node back and nothing is lost. Otherwise everything on it is lost: npm run todo -- db restore <file or name> --lost-volume deletes the PVC, deploys the stack again and brings a backup back, from the bucket or a file if the backups' PVC was on that node too.",
    );
  });

  it("loses the PVCs of the application, not the operator's or those of others", async () => {
    const named = (name: string, labels: object, status = {}) => ({
      ...claim(status),
      metadata: { name, labels },
    });
    const ours = claim({}).metadata.labels;
    const claims = [
      claim({}),
      named("backups", { ...ours, "app.kubernetes.io/component": "backup" }, { phase: "Lost" }),
      named("database-1", { ...ours, "cnpg.io/cluster": "database" }),
      named("somebody's", {}),
    ];
    const lost = async (node: object | undefined) => {
      await using _cluster = await cluster(node, claims);
      return await lostVolumes(context, namespace);
    };
    const backups = { claim: "backups", reason: "without its volume", isBackups: true };
    assert.deepEqual(await lost(node("True")), [backups]);
    const data = { claim: "data", reason: "on node node-1, which is gone", isBackups: false };
    assert.deepEqual(await lost(undefined), [data, backups]);
  });
});
