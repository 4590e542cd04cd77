import { childStdio } from '@holdfast/transport-stream/node'
import { say } from './surroundings.mjs'

const program = "process.stdin.on('data', (bytes) => { console.log('heard', String(bytes)); process.exit() })"
const transport = childStdio(process.execPath, { args: ['-e', program] })
const channel = await transport.open({ url: 'child:' }, { signal: new AbortController().signal })
channel.start({ frame: (bytes) => say(new TextDecoder().decode(bytes).trim()), closed: () => {} })
channel.send('hello')
