import { assert, describe, it } from "@effect/vitest"
import { fuzz, targets } from "../../scripts/fuzz.ts"

describe("[security 35] nothing that a server sends makes a reader throw", () => {
  for (const target of targets) {
    it(target.name, () => assert.deepInclude(fuzz(target, 3000, 42), { inputs: 3000, failure: undefined }))
  }

  it("a reader that throws is seen to", () => {
    const { failure, inputs } = fuzz({ name: "broken", seeds: ["good"], run: (bytes) => assert.isFalse(bytes.includes(0xe9)) }, 3000, 42)
    assert.include(failure?.input, "e9")
    assert.isBelow(inputs, 3000)
  })
})
