import { runHeadless } from '@holdfast/app-demo/live'
import { expect, it } from 'vitest'

it("the console's state survives a dozen troubles without a browser, with nothing lost or doubled", async () => {
  expect(await runHeadless()).toBe(0)
})
