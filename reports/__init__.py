"""Records → pages → mails and workbooks. The package's half page.

A report is a pure function from the company's books to a `Page` (`page`): figures, tables, charts and
sentences that are not yet in any language or any file format.

    books.Books, books.Scope, period.Period
        │  expense · receivables (ageing) · leads · monthly (sales) · digest
        ▼
    page.Page ──▶ render_html.render  → subject, HTML that Outlook shows, plain text, charts as pictures
              └─▶ render_xlsx.render  → a workbook with native charts and the records behind every figure

Where to look: what a report counts, and by which date → its own module and the footnotes of its page; which
reports there are, who gets them and when → `catalogue`; how numbers are written → `written`; the sentences →
`sheet_templates/words/reports.toml`. To add a report: write its function, add one line to `catalogue.REPORTS`.

Nothing here reads a clock, a file of the workspace or the store: `sync` hands in the records and sends the
result. `render_png` is the only module that loads matplotlib, and it is loaded only when a chart is drawn.
"""
