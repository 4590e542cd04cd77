export { type CarriedItem, type CarriedOpening, carriedItem, itemText, OVER_HTTP } from './carried-item.ts'
