export { AgentBar } from './agent-bar.tsx'
export { ElicitationForm } from './elicitation-form.tsx'
