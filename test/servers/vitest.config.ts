import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { conditions: ["credence-source", "import", "module", "default"] },
  ssr: { resolve: { conditions: ["credence-source", "import", "module", "node", "default"] } },
  test: {
    include: ["test/servers/**/*.test.ts"],
    // the logs of the servers are read as well, so one file at a time
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000
  }
})
