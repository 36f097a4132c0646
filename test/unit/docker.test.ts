import assert from "node:assert/strict";
import { existsSync } from "node:fs";

import { contextHost, dockerProblem, inspectImage, saveImage } from "../../lib/docker.ts";
import { digest, FakeCluster, Programs, Variable } from "./fakes.ts";

describe("dockerProblem", () => {
  it("is none while an engine answers", async () => {
    using cluster = new FakeCluster();

    assert.equal(await dockerProblem(), undefined);
    assert.deepEqual(cluster.calls, ["docker version --format {{.Server.Version}}"]);
  });

  it("says that Docker is missing", async () => {
    using _programs = new Programs();

    assert.equal(
      await dockerProblem(),
      "Docker is missing (no docker on PATH): install Docker Engine or Docker Desktop (https://docs.docker.com/get-started/get-docker/), then try again.",
    );
  });

  it("reports an unreachable engine in the words of the client", async () => {
    using _programs = new Programs({
      docker: "echo 'Cannot connect to the Docker daemon. Is it running?' >&2; exit 1",
    });

    assert.equal(
      await dockerProblem(),
      "No Docker engine answers (Cannot connect to the Docker daemon. Is it running?): start Docker Desktop or the docker service, or set DOCKER_HOST, then try again.",
    );
  });

  it("says that the engine refuses this user", async () => {
    const words =
      "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock";
    using _programs = new Programs({ docker: `echo '${words}' >&2; exit 1` });

    assert.equal(
      await dockerProblem(),
      `The Docker engine refuses this user (${words}): join the group docker (sudo usermod -aG docker $USER, then sign in again), or set DOCKER_HOST, then try again.`,
    );
  });
});

describe("contextHost", () => {
  const contextAt = (host: string) => new Programs({ docker: `echo '${host}'` });

  for (const host of [
    "unix:///var/run/docker.sock",
    "unix:///home/user/.docker/desktop/docker.sock",
    "npipe:////./pipe/docker_engine",
  ]) {
    it(`is none where Pulumi's provider looks: ${host}`, async () => {
      using _host = new Variable("DOCKER_HOST", undefined);
      using _programs = contextAt(host);

      assert.equal(await contextHost(), undefined);
    });
  }

  for (const host of [
    "unix:///home/user/.colima/default/docker.sock",
    "unix:///run/user/1000/docker.sock",
    "ssh://user@build.example.org",
  ]) {
    it(`is where the context is: ${host}`, async () => {
      using _host = new Variable("DOCKER_HOST", undefined);
      using _programs = contextAt(host);

      assert.equal(await contextHost(), host);
    });
  }

  it("is none where DOCKER_HOST says it, and without Docker", async () => {
    {
      using _host = new Variable("DOCKER_HOST", "unix:///elsewhere.sock");
      using _programs = contextAt("unix:///run/user/1000/docker.sock");
      assert.equal(await contextHost(), undefined);
    }
    using _host = new Variable("DOCKER_HOST", undefined);
    using _programs = new Programs();
    assert.equal(await contextHost(), undefined);
  });
});

describe("inspectImage", () => {
  it("reads id, size and date of a build", async () => {
    using cluster = new FakeCluster();
    cluster.addLocal("app:1", {
      config: digest("aa"),
      created: "2026-11-22T09:00:00.123456789+01:00",
    });

    assert.deepEqual(await inspectImage("app:1"), {
      id: digest("aa"),
      size: 1234,
      created: "2026-11-22T08:00:00.123Z",
    });
  });

  it("finds nothing where there is no such image", async () => {
    using _cluster = new FakeCluster();

    assert.equal(await inspectImage("app:1"), undefined);
  });

  it("fails for any other reason", async () => {
    using _programs = new Programs({ docker: "echo 'no daemon' >&2; exit 1" });

    await assert.rejects(inspectImage("app:1"), {
      message:
        "`docker image inspect --format {{.Id}} {{.Size}} {{.Created}} app:1` failed: no daemon",
    });
  });
});

describe("saveImage", () => {
  const hex = "ab".repeat(32);

  /** A Docker that writes an archive with this manifest. */
  const docker = (manifest: string) => `#!/bin/sh
PATH=/usr/bin:/bin
cd "\${0%/*}" && echo '${manifest}' >manifest.json
[ "$2" = --platform ] && shift 2
echo "$3" >saved
tar -cf "$3" manifest.json`;
  const tar = '#!/bin/sh\nPATH=/usr/bin:/bin exec tar "$@"';

  for (const [store, config] of [
    ["containerd's store and newer engines", `blobs/sha256/${hex}`],
    ["the classic store", `${hex}.json`],
  ] as const) {
    it(`reads the digest that nodes go by, as ${store} write it`, async () => {
      using programs = new Programs({ docker: docker(`[{"Config":"${config}"}]`), tar });
      {
        await using archive = await saveImage("app:1", "linux/arm64");
        assert.equal(archive.configDigest, `sha256:${hex}`);
        assert.ok(existsSync(archive.file));
      }

      assert.ok(!existsSync(programs.read("saved").trim()));
    });
  }

  it("refuses an archive that names no digest, and removes it", async () => {
    using programs = new Programs({ docker: docker('[{"Config":"config.json"}]'), tar });

    await assert.rejects(saveImage("app:1"), {
      message: "`docker save app:1` wrote no configuration digest.",
    });
    assert.ok(!existsSync(programs.read("saved").trim()));
  });
});
