import { story } from './story.ts'

const begun = Date.now()
const say = (line: string): void => {
  process.stdout.write(`${((Date.now() - begun) / 1000).toFixed(1).padStart(5)} s  ${line}\n`)
}
const { sent, observers } = await story(say)
for (const [i, { missing, doubled, isInOrder }] of observers.entries()) {
  say(
    `observer ${i + 1}: ${sent} sent, ${missing} missing, ${doubled} doubled, ${isInOrder ? 'in order' : 'NOT in order'}`,
  )
}
const isWhole = observers.every(({ missing, doubled, isInOrder }) => missing === 0 && doubled === 0 && isInOrder)
process.exit(isWhole ? 0 : 1)
