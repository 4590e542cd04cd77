import { bundle } from './bundle.mjs'

const size = async (code) => (await bundle(code)).gzipBytes
const core = await size(`import { Connection } from '@holdfast/core'; globalThis.x = Connection`)
const both = await size(
  `import { Connection } from '@holdfast/core'; import { sharedByTabs } from '@holdfast/tabs'; globalThis.x = [Connection, sharedByTabs]`,
)
const all = await size(
  `import { Connection } from '@holdfast/core'; import { sharedByTabs, socketSharedByTabs, serveTabs } from '@holdfast/tabs'; globalThis.x = [Connection, sharedByTabs, socketSharedByTabs, serveTabs]`,
)
const worker = await size(
  `import { Connection } from '@holdfast/core'; import { serveTabs } from '@holdfast/tabs'; globalThis.x = [Connection, serveTabs]`,
)
const coreb = await size(
  `import { Connection } from '@holdfast/core'; import { browserWebSocket } from '@holdfast/transport-browser'; globalThis.x = [Connection, browserWebSocket]`,
)
const bothb = await size(
  `import { Connection } from '@holdfast/core'; import { browserWebSocket } from '@holdfast/transport-browser'; import { sharedByTabs } from '@holdfast/tabs'; globalThis.x = [Connection, browserWebSocket, sharedByTabs]`,
)
console.log({ core, both, plus: both - core, all: all - core, worker: worker - core, withTransport: bothb - coreb })
