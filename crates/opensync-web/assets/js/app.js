// The scripts of the pages. htmx comes before this file as the global `htmx`. Every page works
// without any of them; each attaches itself by data attributes and does nothing where they are absent.
// The build joins the files into one: imports and exports stay on one line, and each export has a
// name that no other file exports.
import "./theme.js";
import "./zone.js";
import "./times.js";
import "./menus.js";
import "./sheet.js";
import "./filters.js";
import "./rows.js";
import "./select.js";
import "./undo.js";
import "./bulk.js";
import "./export.js";
import "./paging.js";
import "./unfold.js";
import "./panel.js";
import "./palette.js";
import "./views.js";
import "./keys.js";
import "./copy.js";
import "./forms.js";
import "./evals.js";
import "./folds.js";
import "./colours.js";
import "./strip.js";
import "./transcript.js";
import "./find.js";
import "./problem.js";
import "./progress.js";
import "./live.js";
