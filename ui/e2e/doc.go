// Package e2e proves the whole of Corsage in real browsers: Chromium and
// Firefox, driven over their own debugging protocols, and WebKit, driven over
// W3C WebDriver, run a frontend's calls against a real Django behind a real
// `corsage serve`.
//
// There is nothing here but tests and what they serve. The page's side of each
// scenario is testdata/page/story.js, the backend is the project in
// testdata/django, and what every step must give stands in the tables of the
// tests.
package e2e
