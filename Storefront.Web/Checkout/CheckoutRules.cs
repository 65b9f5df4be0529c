using System.Text.RegularExpressions;
using Storefront.Jobs.Database;
using Storefront.Jobs.Email;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Reference;

namespace Storefront.Web.Checkout;

/// <summary>What an order may look like. The database's constraints say the same, for whoever gets past this.</summary>
internal static class CheckoutRules
{
    public const int MostLines = 1000;
    public const int MostOfOne = 100_000;
    public const string NoEmail = "Enter an email address, for example ada@example.com.";

    /// <summary>
    /// The same as a regular expression: at least one character is no space, and none is invisible. Written out, since languages differ in
    /// what their short forms mean.
    /// </summary>
    public const string ReadableText = $"^[^{Invisible}]*[^{Invisible}{Spaces}][^{Invisible}]*$";

    // Also what changes the direction of a text, so that it reads as another.
    private const string Invisible = @"\u0000-\u001F\u007F-\u009F\u00AD\u061C\u200B\u200E\u200F\u202A-\u202E\u2060\u2066-\u2069\uFEFF";
    private const string Spaces = @" \u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000";

    /// <summary>Sentences by field, named as in the API's JSON; empty when all is well.</summary>
    public static IReadOnlyDictionary<string, string[]> Check(CheckoutRequest request)
    {
        var faults = new Faults();
        faults.Text("email", request.Email, EmailAddress.MaxLength);
        if (request.Email.Length > 0 && EmailAddress.Read(request.Email) is null) faults.Add("email", NoEmail);
        faults.Text("name", request.Name, 200);
        faults.Text("address.line1", request.Address.Line1, 200);
        faults.Text("address.line2", request.Address.Line2, 200, optional: true);
        faults.Text("address.city", request.Address.City, 100);
        faults.Text("address.postalCode", request.Address.PostalCode, 20, optional: !DemandsPostalCode(request.Address.Country));
        if (!Countries.IsKnown(request.Address.Country))
            faults.Add("address.country", "Use a two-letter country code, for example DE.");
        CheckLines(request.Lines, faults);
        CheckSeen(request.Seen, faults);
        return faults.ByField;
    }

    private static void CheckLines(IReadOnlyList<RequestedLine> lines, Faults faults)
    {
        if (lines.Count == 0) faults.Add("lines", "Order at least one product.");
        if (lines.Count > MostLines) faults.Add("lines", $"An order has at most {MostLines} lines; this one has {lines.Count}.");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < lines.Count && i < MostLines; i++)
        {
            faults.Text($"lines[{i}].sku", lines[i].Sku, 64);
            if (lines[i].Quantity is < 1 or > MostOfOne) faults.Add($"lines[{i}].quantity", $"Enter a quantity from 1 to {MostOfOne}.");
            if (!seen.Add(lines[i].Sku))
                faults.Add($"lines[{i}].sku",
                    $"{lines[i].Sku} is already in an earlier line. List each product once, with its quantity.");
        }
    }

    // As long as the country is unknown, a postal code is required, since most countries have one.
    private static bool DemandsPostalCode(string country) =>
        !Countries.IsKnown(country) || PostalCodes.In(country) == PostalCodeUse.Required;

    private static void CheckSeen(SeenPrice? seen, Faults faults)
    {
        if (seen?.Currency is { } currency && !Currencies.IsKnown(currency))
            faults.Add("expectedCurrency", "Use an ISO 4217 currency code, for example EUR.");
        if (seen?.Total < 0) faults.Add("expectedTotal", "This cannot be less than zero.");
        else if (seen is { Total: { } total, Currency: { } code } && Currencies.IsKnown(code) && !Money.Fits(total, code))
            faults.Add("expectedTotal", $"Use at most {Currencies.DecimalsOf(code)} decimals for {code}.");
    }

    private sealed class Faults
    {
        private readonly Dictionary<string, List<string>> faults = [];

        public IReadOnlyDictionary<string, string[]> ByField => faults.ToDictionary(pair => pair.Key, pair => pair.Value.ToArray());

        public void Add(string field, string sentence)
        {
            if (!faults.TryGetValue(field, out var sentences)) faults[field] = sentences = [];
            sentences.Add(sentence);
        }

        public void Text(string field, string? value, int longest, bool optional = false)
        {
            if (string.IsNullOrWhiteSpace(value))
            {
                if (!optional) Add(field, "This field is required.");
            }
            // Code points, as the catalogue and Postgres count.
            else if (value.EnumerateRunes().Count() is var length && length > longest)
                Add(field, $"Use at most {longest} characters; this text has {length}.");
            else if (Regex.IsMatch(value, $"[{Invisible}]") || StorableText.From(value) != value)
                Add(field, "Use letters, digits and punctuation only: this text contains control characters.");
        }
    }
}
