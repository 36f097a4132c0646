import assert from "node:assert/strict";

import type { V1Pod } from "@kubernetes/client-node";
import { CustomObjectsApi } from "@kubernetes/client-node";

import { cloudNativePg } from "../../lib/cloudnative-pg.ts";
import { askPod, cluster, inPod, namespace } from "./project.ts";
import { stack } from "./stack.ts";

/** A pod of the database, and its node. */
export interface Instance {
  readonly pod: string;
  readonly uid: string;
  readonly node: string;
}

/** What the operator knows about the database. */
interface ClusterObject {
  readonly metadata: { readonly generation: number };
  readonly status: {
    readonly currentPrimary: string;
    readonly targetPrimary: string;
    readonly readyInstances?: number;
  };
}

/** The database that CloudNativePG runs in a namespace. */
export class DatabaseCluster {
  readonly namespace: string;

  constructor(where = namespace) {
    this.namespace = where;
  }

  /** Pods of its instances. */
  async pods(): Promise<V1Pod[]> {
    const labelSelector = `cnpg.io/cluster=${cloudNativePg.cluster}`;
    const { items } = await this.#core.listNamespacedPod({
      ...{ namespace: this.namespace, labelSelector },
    });
    // Those of Jobs are gone soon.
    return items.filter(({ metadata }) => metadata?.labels?.["cnpg.io/podRole"] === "instance");
  }

  object(): Promise<ClusterObject> {
    return this.#custom.getNamespacedCustomObject({
      ...{ ...kinds, plural: "clusters" },
      ...{ namespace: this.namespace, name: cloudNativePg.cluster },
    }) as Promise<ClusterObject>;
  }

  /** State of each base backup. */
  async backups(): Promise<(string | undefined)[]> {
    const { items } = (await this.#custom.listNamespacedCustomObject({
      ...{ ...kinds, plural: "backups", namespace: this.namespace },
    })) as { items: readonly { status?: { phase?: string } }[] };
    return items.map(({ status }) => status?.phase);
  }

  /** The primary, when no failover is under way. */
  async primary(): Promise<Instance> {
    const { currentPrimary, targetPrimary } = (await this.object()).status;
    assert.equal(currentPrimary, targetPrimary);
    const where = { namespace: this.namespace, name: currentPrimary };
    const { metadata, spec } = await this.#core.readNamespacedPod(where);
    return { pod: currentPrimary, uid: metadata?.uid ?? "", node: spec?.nodeName ?? "" };
  }

  /** The output of statements in an instance. */
  sqlIn(pod: string): (statement: string) => Promise<string> {
    const psql = ["psql", "-XqAt", "-U", "postgres", "-d", cloudNativePg.database, "-c"];
    return (statement) =>
      inPod(cluster(stack.context).config, pod, [...psql, statement], this.namespace);
  }

  readonly sql = async (statement: string): Promise<string> =>
    this.sqlIn((await this.primary()).pod)(statement);

  /** The highest value of each metric among the instances; NaN: none has it. */
  async metrics(names: readonly string[]): Promise<number[]> {
    const { config } = cluster(stack.context);
    const texts = await Promise.all(
      (await this.pods()).map(({ metadata }) =>
        askPod(config, metadata?.name ?? "", 9187, "/metrics", this.namespace),
      ),
    );
    return names.map((name) => {
      const values = texts.flatMap((text) => {
        const [, value] = new RegExp(`^${name}(?:{.*})? (\\S+)$`, "m").exec(text) ?? [];
        return value === undefined ? [] : [Number(value)];
      });
      return values.length === 0 ? NaN : Math.max(...values);
    });
  }

  get #core() {
    return cluster(stack.context).core;
  }
  get #custom() {
    return cluster(stack.context).config.makeApiClient(CustomObjectsApi);
  }
}

const kinds = { group: "postgresql.cnpg.io", version: "v1" };
