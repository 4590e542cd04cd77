export * from './control.ts'
export * from './listing.ts'
export * from './status.ts'
