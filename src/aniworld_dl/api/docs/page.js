// Shows openapi.json with Swagger UI. The key is asked for only where the service wants one, and kept in memory only.

const form = document.getElementById('ask');
const refused = document.getElementById('refused');
let key = '';

/** @param {{headers: Record<string, string>}} request */
function withKey(request) {
  if (key) request.headers['X-Api-Key'] ??= key;
  return request;
}

async function show() {
  const response = await fetch('openapi.json', withKey({ headers: {} }));
  if (response.status === 401) {
    refused.textContent = key ? 'That is not the key.' : '';
    form.hidden = false;
    return;
  }
  form.hidden = true;
  window.SwaggerUIBundle({
    spec: await response.json(),
    dom_id: '#api',
    deepLinking: true,
    requestInterceptor: withKey,
    validatorUrl: null,
  });
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  key = document.getElementById('key').value;
  show();
});

await show();
