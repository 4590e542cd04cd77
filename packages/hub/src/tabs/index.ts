/** A session of a hub over a connection that tabs share: for `@holdfast/tabs`. */

export { type HubForTabsOptions, hubForTabs } from './hub-for-tabs.ts'
export { type HubOverTabs, hubOverTabs } from './hub-over-tabs.ts'
export { type ObserverForTabsOptions, type ObserverOverTabs, observerForTabs, observerOverTabs } from './observer.ts'
export type { HubRoute, HubTab, HubTabsLink, SharedHub, SharedHubContext, SharedHubPosition } from './shared.ts'
