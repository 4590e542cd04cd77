export * from './control.ts'
export * from './listing.ts'
export * from './recording.ts'
export * from './status.ts'
