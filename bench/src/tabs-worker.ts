// The shared worker of the benchmark `tabs`.
import { Connection } from '@holdfast/core'
import { serveTabs } from '@holdfast/tabs'
import { browserWebSocket } from '@holdfast/transport-browser'

const { url = '' }: { readonly url?: string } = JSON.parse(Object(globalThis).name)
const connect = (): Connection => new Connection({ transport: browserWebSocket({ classify: false }), target: url })
serveTabs({ name: 'bench', connect })
