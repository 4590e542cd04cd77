export { FALLBACK_DEFAULTS, type FallbackOptions, type FallbackTransport, fallback, type Way } from './fallback.ts'
