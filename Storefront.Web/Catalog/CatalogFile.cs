using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsvHelper;
using CsvHelper.Configuration;

namespace Storefront.Web.Catalog;

/// <summary>
/// A catalogue as a CSV file, exactly as RFC 4180 defines it, but separated by commas, semicolons or tabs.
/// UTF-8, or UTF-16 with a byte order mark.
/// </summary>
internal sealed class CatalogFile : IDisposable
{
    private static readonly string[] Delimiters = [",", ";", "\t"];

    private readonly CsvReader csv;
    private Regex wellFormed = null!;

    public CatalogFile(Stream file) => csv = new CsvReader(
        new StreamReader(
            file, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true,
            bufferSize: -1, leaveOpen: true),
        new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            PrepareHeaderForMatch = header => ColumnName(header.Header),
            DetectDelimiter = true,
            GetDelimiter = start => DelimiterOf(start.Text),
            BadDataFound = null, // IsWellFormed finds it, with a better message
            MissingFieldFound = null,
        });

    /// <summary>In a file that is not separated by commas, a price may have a decimal comma.</summary>
    public bool HasDecimalCommas => csv.Parser.Delimiter != ",";

    /// <summary>The line in which the row begins.</summary>
    public int Line { get; private set; }

    public string this[string column] => (csv.GetField(column) ?? "").Trim();

    /// <summary>What is wrong with the first line; null when it names the columns.</summary>
    public async Task<string?> ReadHeaderAsync()
    {
        if (!await csv.ReadAsync() || !csv.ReadHeader()) return "The file is empty: its first line must name the columns.";
        var field = $"(?>\"(?:[^\"]|\"\")*\"|[^\"\r\n{Regex.Escape(csv.Parser.Delimiter)}]*)";
        wellFormed = new Regex($"^{field}(?:{Regex.Escape(csv.Parser.Delimiter)}{field})*[\r\n]*$", RegexOptions.CultureInvariant);

        var names = csv.HeaderRecord!.Select(ColumnName).Where(name => name.Length > 0).ToList();
        var missing = CatalogRow.Columns.Except(names).ToList();
        if (missing.Count > 0)
            return $"The first line names no column {string.Join(", ", missing)}; it must name {string.Join(", ", CatalogRow.Columns)}, "
                + "separated by commas, semicolons or tabs.";
        var twice = names.GroupBy(name => name).Where(same => same.Count() > 1).Select(same => same.Key).ToList();
        return twice.Count > 0 ? $"The first line names the column {string.Join(", ", twice)} more than once." : null;
    }

    public async Task<bool> ReadAsync()
    {
        var before = csv.Parser.RawRow;
        if (!await csv.ReadAsync()) return false;
        var raw = csv.Parser.RawRecord;
        Line = csv.Parser.RawRow - LineBreaks(raw.TrimEnd('\r', '\n'));
        // A quote that is never closed contains the last line break of the file too.
        if (HasOpenQuote(raw) && csv.Parser.RawRow - LineBreaks(raw) is var inside && inside > before) Line = inside;
        return true;
    }

    /// <summary>What is wrong with the row as CSV, whatever its fields say; null when it can be read in one way only.</summary>
    public string? WrongForm()
    {
        var raw = csv.Parser.RawRecord;
        if (!wellFormed.IsMatch(raw))
        {
            var until = LineBreaks(raw.TrimEnd('\r', '\n')) is > 0 and var more ? $", and the row runs on to line {Line + more}" : "";
            return HasOpenQuote(raw) ? $"a quote is opened and not closed{until}"
                : $"a quote is inside a field, or text follows a closing quote{until}: "
                    + "put quotes around the whole field, and write a quote inside it twice";
        }

        var (fields, columns) = (csv.Parser.Count, csv.HeaderRecord!.Length);
        return fields == columns ? null
            : $"the row has {fields} fields, and the first line names {columns}: "
                + $"a field with a {Name(csv.Parser.Delimiter)} in it needs quotes around it";
    }

    public void Dispose() => csv.Dispose();

    private static bool HasOpenQuote(string raw) => raw.Count(c => c == '"') % 2 == 1;

    private static string DelimiterOf(string start)
    {
        var first = start.TrimStart().Split('\n', '\r')[0];
        return Delimiters.MaxBy(delimiter =>
            CatalogRow.Columns.Intersect(first.Split(delimiter).Select(name => ColumnName(name.Trim().Trim('"')))).Count())!;
    }

    private static string ColumnName(string? header) => (header ?? "").Trim().ToLowerInvariant();

    private static int LineBreaks(string text) =>
        text.Count(c => c == '\n') + text.Replace("\r\n", "", StringComparison.Ordinal).Count(c => c == '\r');

    private static string Name(string delimiter) => delimiter switch { ";" => "semicolon", "\t" => "tab", _ => "comma" };
}
