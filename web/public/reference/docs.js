// Swagger UI over this server's own document. Nothing is sent anywhere else: the validator of swagger.io is off.
document.documentElement.classList.toggle("dark-mode", matchMedia("(prefers-color-scheme: dark)").matches);

const answer = await fetch("/openapi.json");
const spec = await answer.json();
// The token of the example would be everybody's. Each visit gets one of its own, so that signing in can be tried.
const bytes = crypto.getRandomValues(new Uint8Array(32));
const token = btoa(String.fromCharCode(...bytes))
  .replaceAll("+", "-")
  .replaceAll("/", "_")
  .replaceAll("=", "");
spec.paths["/api/v1/guests"].post.requestBody.content["application/json"].example.token = token;

window.SwaggerUIBundle({
  spec,
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
  persistAuthorization: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
});
