export * from './json-rpc.ts'
export * from './resume.ts'
