import { serveTabs } from '@holdfast/tabs'
import { type Entry, logConnection, type Note } from './log-client.ts'

const { url = '', name = '' }: { url?: string; name?: string } = JSON.parse(Object(globalThis).name)
serveTabs<Entry, Note>({ name, connect: ({ after }) => logConnection(url, after) })
