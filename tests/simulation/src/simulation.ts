export { runWild, SCENARIOS } from './wild.ts'
export { runWorld } from './world.ts'
