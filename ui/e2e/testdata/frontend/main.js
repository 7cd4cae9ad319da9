import {message} from './message.js';

const show = (text) => { document.getElementById('message').textContent = text; };
show(message);
import.meta.hot.accept('./message.js', (changed) => show(changed.message));
import.meta.hot.on('e2e:answer', () => { document.documentElement.dataset.hot = 'connected'; });
import.meta.hot.send('e2e:ask', {});
