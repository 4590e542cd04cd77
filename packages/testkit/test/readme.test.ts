import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

it('the testkit shows in its README the example that is run', () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
  expect(read('../README.md')).toContain(`\`\`\`ts\n${read('./reconnecting-client.test.ts')}\`\`\``)
})
