// The story's backend on Express: node express.mjs CERTIFICATE KEY USER PASSWORD
// writes its port to standard output, once it listens.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import cookieParser from "cookie-parser";
import { doubleCsrf } from "csrf-csrf";
import express from "express";
import session from "express-session";
import { buildSchema, graphql } from "graphql";

const [certificate, key, username, password] = process.argv.slice(2);
const app = express();

// The recipe stands here.

const { generateCsrfToken, doubleCsrfProtection } = doubleCsrf({
  getSecret: () => "only for the tests",
  getSessionIdentifier: (request) => request.session.id,
  getCsrfTokenFromRequest: (request) => request.headers["x-csrftoken"],
  cookieOptions: { ...crossSite },
});
app.use(cookieParser());
app.use(session({
  secret: "only for the tests", resave: false, saveUninitialized: true,
  cookie: { httpOnly: true, secure: true, sameSite: "lax", ...crossSite },
}));
app.use(express.json());

// spaced writes JSON with a space after each comma and colon.
function spaced(value) {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  return `{${Object.entries(value).map(([name, of]) => `${JSON.stringify(name)}: ${spaced(of)}`).join(", ")}}`;
}

const send = (response, value, status = 200) => response.status(status).type("json").send(spaced(value));

function loggedIn(request, response, next) {
  if (request.session.user) next();
  else response.redirect(302, `/accounts/login/?next=${encodeURIComponent(request.path)}`);
}

function notes(request) {
  return (request.session.notes ??= {});
}

app.get("/accounts/login/", (request, response) => response.type("html").send("<form method=post></form>"));
app.get("/headers", (request, response) => send(response, { ok: true }));
app.get("/csrf", (request, response) => send(response, { csrfToken: generateCsrfToken(request, response) }));
app.post("/login", doubleCsrfProtection, (request, response, next) => {
  if (request.body.username !== username || request.body.password !== password) {
    return send(response, { detail: "wrong name or password" }, 403);
  }
  request.session.regenerate((error) => {
    if (error) return next(error);
    request.session.user = username;
    send(response, { user: username });
  });
});
app.post("/logout", doubleCsrfProtection, (request, response, next) => {
  request.session.regenerate((error) => (error ? next(error) : send(response, { user: null })));
});
app.get("/me", loggedIn, (request, response) => send(response, { user: request.session.user }));
app.get("/notes", loggedIn, (request, response) => send(response, { notes: notes(request) }));
app.post("/notes", loggedIn, doubleCsrfProtection, (request, response) => {
  const { name, text } = request.body;
  notes(request)[name] = text;
  send(response, { name, text }, 201);
});
app.put("/notes/:name", loggedIn, doubleCsrfProtection, (request, response) => {
  const { name } = request.params;
  send(response, { name, text: (notes(request)[name] = request.body.text) });
});
app.patch("/notes/:name", loggedIn, doubleCsrfProtection, (request, response) => {
  const { name } = request.params;
  send(response, { name, text: (notes(request)[name] += request.body.text) });
});
app.delete("/notes/:name", loggedIn, doubleCsrfProtection, (request, response) => {
  delete notes(request)[request.params.name];
  response.status(204).end();
});

const schema = buildSchema("type Query { me: String } type Mutation { write(name: String!): String }");
app.post("/graphql", doubleCsrfProtection, async (request, response) => {
  const { query: source, variables: variableValues } = request.body;
  response.json(await graphql({
    schema, source, variableValues,
    rootValue: {
      me: () => request.session.user ?? null,
      write: ({ name }) => (notes(request)[name] = name),
    },
  }));
});

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, app);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
