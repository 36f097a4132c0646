import { builtImage } from "../../lib/built-image.ts";
import { parseReference } from "../../lib/image-reference.ts";
import type { Rule } from "../model.ts";
import { eachContainer, eachResource } from "../model.ts";

/** The fully qualified reference: `postgres:17` is `docker.io/library/postgres:17`. */
function fullReference(reference: string): string {
  const [first = "", ...rest] = reference.split("/");
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (hasRegistry) return reference;
  return `docker.io/${rest.length === 0 ? "library/" : ""}${reference}`;
}

/** Why a reference is mutable; undefined if it is not. */
function moving(reference: string): string | undefined {
  const { tag, digest } = parseReference(reference);
  if (digest !== "") return undefined;
  if (tag === "") return `has no tag, which means latest`;
  if (/^(latest|stable|edge|main|master|nightly|dev)$/.test(tag)) return `has the tag ${tag}`;
  return undefined;
}

export const imageRules: readonly Rule[] = [
  {
    name: "no-moving-tags",
    description: "Every image has a digest or an immutable tag.",
    scope: "resource",
    *check(content, config) {
      yield* eachContainer(function* ({ container }) {
        const reason = moving(container.image ?? "");
        if (reason !== undefined) {
          yield `runs ${container.image || "no image"}, which ${reason}: pods would not roll when it changes. Use a tag derived from its content, or a digest.`;
        }
      })(content, config);
      yield* eachResource(/:Image(Delivery)?$/, function* (resource) {
        const { image } = builtImage(resource) ?? {};
        const reason = image === undefined ? undefined : moving(image);
        if (reason !== undefined) yield `builds ${image}, which ${reason}. Tag it by its content.`;
      })(content, config);
    },
  },
  {
    name: "allowed-registries",
    description:
      "Images only come from allowed registries and repositories, or are built by the program.",
    scope: "stack",
    // Images that are built without a registry are on Docker Hub by their name.
    config: {
      registries: [
        "docker.io/library/todo-chatbot-",
        "docker.io/library/postgres",
        "docker.io/prom/",
      ],
    },
    *check(content, config) {
      const registries = config["registries"] as readonly string[];
      const built = new Set(
        content.resources.flatMap((resource) => {
          const built = builtImage(resource);
          return built === undefined ? [] : [parseReference(built.image).repository];
        }),
      );
      yield* eachContainer(function* ({ container }) {
        const image = fullReference(container.image ?? "");
        if (built.has(parseReference(container.image ?? "").repository)) return;
        if (!registries.some((prefix) => image.startsWith(prefix))) {
          yield `runs ${image}; allowed prefixes are ${registries.join(", ")}. Use an image from there, or add its registry to allowed-registries in the policy config.`;
        }
      })(content, config);
    },
  },
];
