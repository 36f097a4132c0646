import * as z from "zod";

import {
  contradict,
  defaultMode,
  imageReference,
  listOf,
  objectName,
  oneOf,
  secret,
  text,
  whole,
} from "../../lib/fields.ts";
import { scanSchema } from "./scan.schema.ts";
import { verifySchema } from "./verify.schema.ts";

const platforms = "linux/amd64, linux/arm64 or both";

const common = {
  registry: text(
    "a registry and path without a scheme",
    /^[a-z0-9][a-z0-9.-]*(:\d+)?(\/[a-z0-9._-]+)*$/,
  )
    .optional()
    .describe(
      "Registry to push built images to, for a remote cluster, like registry.example.org/team.",
    ),
  pullSecretName: objectName("the name of a Secret")
    .optional()
    .describe("Existing Secret with registry credentials, for all pods."),
  pullCredentials: z
    .strictObject({
      server: text(
        "a registry without a scheme, like registry.example.org",
        /^[a-z0-9][\w.:/-]*$/,
      ).describe("Registry, with its port if it has one; docker.io for Docker Hub."),
      username: text("a user name").describe("User name for pulling images."),
      password: secret(text("a password, encrypted")).describe(
        "Password or token of that user; stored in a Secret for all pods.",
      ),
    })
    .optional(),
  platforms: listOf(oneOf(["linux/amd64", "linux/arm64"]), platforms)
    .min(1, platforms)
    .refine((list) => new Set(list).size === list.length, platforms)
    .optional()
    .describe(
      "Platforms to build for; both need a remote cluster and docker buildx; default: this machine's.",
    ),
  keep: whole(1, 20)
    .default(3)
    .describe("Number of builds of each image to keep in Docker and on the nodes."),
  node: imageReference
    .default(
      "node:24.21.0-alpine3.24@sha256:ebfe2f90462722a7a4de65e91990e97fe0d401c70e0e762c5b53302f905ec1c1",
    )
    .describe("Base image of both apps: Node 24 with npm and a POSIX shell."),
  postgres: imageReference
    .default(
      "postgres:17.11-bookworm@sha256:639ab7ceb90e13123085b741fb31ef493fba25463002f6da665352e7b534b652",
    )
    .describe("Postgres image, also for backups; at least as new as the database server."),
  prometheus: imageReference
    .default(
      "prom/prometheus:v3.13.4@sha256:87861b8cf91579109319ebc300f3f1060e6da9c05d6ae8ad15a20c879e84e32e",
    )
    .describe("Image of the bundled Prometheus."),
  alertmanager: imageReference
    .default(
      "prom/alertmanager:v0.34.1@sha256:e9733bafb1bdef9b00e25a21f8f99dc26a22224bf16641ad754d1649f4c3357a",
    )
    .describe("Image of the bundled Alertmanager."),
  scan: scanSchema.prefault({}),
};

export const imagesSchema = z
  .discriminatedUnion("mode", [
    z.strictObject({
      mode: defaultMode("build").describe("Build from images/"),
      ...common,
    }),
    z.strictObject({
      mode: z.literal("prebuilt").describe("Use the images in prebuilt"),
      prebuilt: z
        .strictObject({
          backend: imageReference.describe("Image of the backend."),
          frontend: imageReference.describe("Image of the frontend."),
        })
        .prefault({} as never)
        .describe("Existing images."),
      verify: verifySchema,
      ...common,
    }),
    z.strictObject({
      mode: z
        .literal("none")
        .describe("Use images already on the nodes, with the tags that build gives"),
      ...common,
    }),
  ])
  .superRefine((images, issues) => {
    if (images.mode !== "prebuilt" || images.verify === undefined) return;
    for (const [app, image] of Object.entries(images.prebuilt)) {
      if (image.includes("@")) continue;
      contradict(
        issues,
        ["prebuilt", app],
        `is "${image}", but images.verify is set, and a tag may name another image by the time it is pulled. Add its digest: ${image}@sha256:….`,
      );
    }
  })
  .superRefine(({ pullSecretName, pullCredentials }, issues) => {
    if (pullSecretName === undefined || pullCredentials === undefined) return;
    contradict(
      issues,
      ["pullSecretName"],
      `is "${pullSecretName}", but images.pullCredentials is set too, of which a Secret is created. Remove one of them.`,
    );
  })
  .describe("Where images come from; third-party ones may be from a mirror.");

export type ImagesSettings = z.output<typeof imagesSchema>;
