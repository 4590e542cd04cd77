import { systemClock } from '@holdfast/contract'
import { DetachKeys, detachKey, InputParser, OutputFilter } from '@holdfast/terminal'
import { say } from './surroundings.mjs'

const bytes = (text) => new TextEncoder().encode(text)
const keys = new DetachKeys(detachKey('ctrl-]'))
const events = new InputParser({ clock: systemClock })
  .read(bytes('ls\u001b[93;5ud'))
  .flatMap((token) => keys.read(token))
const asked = events.find(({ kind }) => kind === 'action')
const typed = events.find(({ kind }) => kind === 'input')
const { bytes: shown } = new OutputFilter().push(bytes('before \u001b]52;c;QQ==\u0007after\u001b[6n'), true)
say(asked.action, new TextDecoder().decode(typed.bytes), new TextDecoder().decode(shown))
