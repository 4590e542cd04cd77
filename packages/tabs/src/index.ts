export { TABS_ERRORS, TabsError, type TabsErrorCode } from './errors.ts'
export { serveSocketTabs, serveTabs, type WorkerLike } from './host/serve-tabs.ts'
export {
  type ConnectShared,
  type Shared,
  type SharedConnection,
  type SharedRoute,
  type SharedSnapshots,
  type SharedTab,
  TABS_DEFAULTS,
  type TabsBounds,
  type TabsOptions,
  type TabsSurroundings,
} from './options.ts'
export type { EventsSharedByTabs, SharedByTabs, SocketSharedByTabs } from './page/tab-parts.ts'
export type { TabProtocol, TabReady } from './page/tab-protocol.ts'
export type { PortLike } from './port.ts'
export { eventsSharedByTabs, type SharedByTabsOptions, sharedByTabs, socketSharedByTabs } from './shared-by-tabs.ts'
export type { SharedPosition } from './wire.ts'
