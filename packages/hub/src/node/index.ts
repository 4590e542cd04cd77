export { catalystUrl, type DiscoverOptions, discoverHubUrl } from './discover.ts'
export { type HubEnvironment, type HubEnvironmentOptions, hubFromEnvironment } from './environment.ts'
