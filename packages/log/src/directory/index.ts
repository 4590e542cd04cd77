export {
  DIRECTORY_LIMITS,
  type Directory,
  type DirectoryChange,
  type DirectoryEntry,
  type DirectoryLimits,
} from './directory.ts'
export { checkRoom, entryText } from './entry-rules.ts'
export { CLUSTER_ERRORS, ClusterError, type ClusterErrorCode } from './errors.ts'
export { type MemoryCluster, type MemoryClusterOptions, memoryCluster } from './memory-directory.ts'
