import { readImageFile } from "./docker.ts";

/** Where an image of this project has the list of what is in it, as CycloneDX JSON. */
export const sbomPath = "/app/sbom.cdx.json";

/** A package in an SBOM. */
export interface ListedPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX expression; "" if unknown. */
  readonly license: string;
}

interface Component {
  readonly name: string;
  readonly version?: string;
  readonly licenses?: readonly { readonly expression?: string }[];
}

/** The SBOM in a local image; undefined if it has none, like third-party images. */
export function readSbom(reference: string): Promise<string | undefined> {
  return readImageFile(reference, sbomPath);
}

/** The packages that an SBOM of this project lists. */
export function listedPackages(sbom: string): ListedPackage[] {
  const { components } = JSON.parse(sbom) as { components: readonly Component[] };
  return components.map(({ name, version = "", licenses = [] }) => ({
    name,
    version,
    license: licenses[0]?.expression ?? "",
  }));
}
