import { render } from 'preact'
import { App } from './state/app.ts'
import './styles.css'
import { Console } from './view/console.tsx'

const app = new App()
const root = document.getElementById('root')
if (root !== null) render(<Console app={app} />, root)
void app.start()
