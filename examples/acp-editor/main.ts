import { story, WHOLE } from './story.ts'

const { stopReason, text, questions } = await story((line) => process.stdout.write(`${line}\n`))
const isWhole = text === WHOLE && questions === 1 && stopReason === 'end_turn'
process.stdout.write(`${text.slice(-20)}… ${stopReason}: ${isWhole ? 'nothing is missing' : 'SOMETHING IS MISSING'}\n`)
process.exit(isWhole ? 0 : 1)
