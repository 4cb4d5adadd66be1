import { defineConfig } from "vitest/config"

export default defineConfig({
  resolve: { conditions: ["credence-source", "import", "module", "default"] },
  ssr: { resolve: { conditions: ["credence-source", "import", "module", "node", "default"] } },
  test: {
    include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
    exclude: ["test/servers/**", "test/peers/**", "node_modules/**"],
    testTimeout: 20_000,
    hookTimeout: 60_000
  }
})
