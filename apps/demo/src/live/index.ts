export { runHeadless } from './headless.ts'
export { DemoLead, type LeadOptions } from './lead.ts'
export { startWorld, type World, type WorldOptions } from './world.ts'
