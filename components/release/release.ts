import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { urlHost } from "../../lib/url.ts";
import type { ReleaseSettings } from "./values.ts";
import { chart, releaseValues, webUrl } from "./values.ts";

/** Arguments of {@link ChatbotRelease}. */
export interface ChatbotReleaseArgs extends ReleaseSettings {
  /** Namespace of the release. */
  readonly namespace: pulumi.Input<string>;
  /** Host for NodePorts from outside the cluster; undefined without a cluster. */
  readonly nodePortHost: string | undefined;
}

/** The application, as one Helm release that rolls back when it does not become ready. */
export class ChatbotRelease extends pulumi.ComponentResource {
  /** URL of the web UI, once its pods are ready; has a placeholder while there is no address. */
  public readonly url: pulumi.Output<string>;

  constructor(name: string, args: ChatbotReleaseArgs, opts?: pulumi.ComponentResourceOptions) {
    super("todo-chatbot:index:ChatbotRelease", name, {}, opts);

    const release = new k8s.helm.v3.Release(
      name,
      {
        name: "todo-chatbot",
        chart,
        namespace: args.namespace,
        values: releaseValues(args),
        atomic: true,
        cleanupOnFail: true,
        maxHistory: 5,
        timeout: Number.parseInt(args.pods.readyTimeout, 10),
        // The namespace is a resource of the program; never create one by accident.
        createNamespace: false,
      },
      { parent: this },
    );

    this.url = this.#url(args, release);
    this.registerOutputs({ url: this.url });
  }

  #url(args: ChatbotReleaseArgs, release: k8s.helm.v3.Release): pulumi.Output<string> {
    const { namespace } = release.status;
    const url = webUrl(args.network, args.nodePortHost ?? noAddress);
    if (url !== undefined) return namespace.apply(() => url);
    const service = k8s.core.v1.Service.get(
      "frontend-service",
      pulumi.interpolate`${namespace}/frontend-service`,
      { parent: this },
    );
    return service.status.loadBalancer.ingress.apply((addresses) => {
      // Typed as always present, but a load balancer gets its address later, or never.
      const [address] = (addresses as typeof addresses | undefined) ?? [];
      return `http://${address?.hostname || urlHost(address?.ip ?? "") || noAddress}`;
    });
  }
}

/** Placeholder for a missing address. */
const noAddress = "<no address yet>";
