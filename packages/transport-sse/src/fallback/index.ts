export {
  FALLBACK_DEFAULTS,
  type FallbackOptions,
  type FallbackTransport,
  fallback,
  type TransportCandidate,
} from './fallback.ts'
