import assert from "node:assert/strict";

import { expansionNote, volumeNotes } from "../../lib/volume-state.ts";
import { ApiServer, Kubeconfig } from "./apiServer.ts";

const context = "kind-todo-chatbot";
const namespace = "todo";
const claim = (status: object) => ({
  metadata: { name: "data" },
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
  /** What is told of a volume on node-1. */
  async function told(node: object | undefined): Promise<string> {
    const terms = [{ matchExpressions: [{ key: "kubernetes.io/hostname", values: ["node-1"] }] }];
    const objects = {
      [`/api/v1/namespaces/${namespace}/persistentvolumeclaims`]: { items: [claim({})] },
      "/api/v1/persistentvolumes/pv-1": {
        spec: { nodeAffinity: { required: { nodeSelectorTerms: terms } } },
      },
      ...(node && { "/api/v1/nodes/node-1": node }),
    };
    await using server = await ApiServer.start({ objects });
    using _kubeconfig = new Kubeconfig({ [context]: server.url });
    const notes = await volumeNotes(context, namespace, "dev");
    return notes.map(({ text }) => text).join();
  }
  const node = (status: string) => ({ status: { conditions: [{ type: "Ready", status }] } });

  it("is named when it is gone or not ready, with what is lost and the way back", async () => {
    assert.equal(await told(node("True")), "");
    assert.match(await told(node("Unknown")), /on the disk of node node-1, which is not ready/);
    assert.equal(
      await told(undefined),
      "PVC data is on the disk of node node-1, which is gone. Bring the node back and nothing is lost. Otherwise everything on it is: kubectl -n todo delete pvc data --wait=false, npm start creates an empty one, and npm run todo -- db restore <file or name> brings the newest backup back, from the bucket or a file if the backups' PVC was on that node too.",
    );
  });
});
