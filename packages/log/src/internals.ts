/** For the packages of this repository: what stores and hosts share, and the checks that are made of the stored schemas. */

export * from './generated/checks.ts'
export { limitsOf } from './limits.ts'
export { startThread } from './node/start-thread.ts'
export { type WriteWholeOptions, writeWhole } from './node/whole-file.ts'
