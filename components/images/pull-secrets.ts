import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { WithSecrets } from "../../lib/fields.ts";
import { partOf } from "../../lib/labels.ts";
import type { ImagesSettings } from "./images.schema.ts";

/** Arguments of {@link pullSecrets}. */
export type PullSecretsArgs = Pick<
  WithSecrets<ImagesSettings>,
  "pullSecretName" | "pullCredentials"
> & {
  /** Namespace of the Secret. */
  readonly namespace: pulumi.Input<string>;
};

/** Names of the Secrets that all pods pull their images with; creates one of the credentials. */
export function pullSecrets(
  name: string,
  { namespace, pullSecretName, pullCredentials }: PullSecretsArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Input<string>[] {
  if (pullCredentials === undefined) return pullSecretName === undefined ? [] : [pullSecretName];
  const { server, username, password } = pullCredentials;
  const configuration = pulumi.secret(password).apply((text) => {
    const auth = Buffer.from(`${username}:${text}`).toString("base64");
    return JSON.stringify({ auths: { [keyOf(server)]: { username, password: text, auth } } });
  });
  const secret = new k8s.core.v1.Secret(
    name,
    {
      metadata: {
        name: "registry-credentials",
        namespace,
        labels: partOf,
      },
      type: "kubernetes.io/dockerconfigjson",
      stringData: { ".dockerconfigjson": configuration },
    },
    opts,
  );
  return [secret.metadata.name];
}

/** The key that kubelets look a registry up by. */
const keyOf = (server: string) => (server === "docker.io" ? "https://index.docker.io/v1/" : server);
