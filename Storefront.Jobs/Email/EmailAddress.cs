using System.Globalization;
using System.Net.Mail;

namespace Storefront.Jobs.Email;

/// <summary>
/// E-mail addresses have one form in the database and at the partner: in ASCII. A domain with other letters (<c>müller.example</c>) is
/// kept as <c>xn--mller-kva.example</c>, so that both ways to write it are the same address.
/// </summary>
public static class EmailAddress
{
    public const int MaxLength = 254;

    /// <summary>A regular expression for addresses in ASCII. Each that matches is one, unless it is too long.</summary>
    public const string AsciiPattern =
        @"^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*@[A-Za-z0-9\-]+(\.[A-Za-z0-9\-]+)+$";

    private static readonly IdnMapping Idn = new() { UseStd3AsciiRules = true };

    /// <summary>The address in ASCII; null when it is none: no display name, no list, a dot in the domain.</summary>
    public static string? Read(string? typed)
    {
        var text = typed?.Trim() ?? "";
        if (!MailAddress.TryCreate(text, out var address) || address.Address != text) return null;
        var at = text.LastIndexOf('@');
        return AsciiDomain(text[(at + 1)..]) is { } domain && IsPlain(text[..at]) && IsHost(domain) && at + 1 + domain.Length <= MaxLength
            ? $"{text[..at]}@{domain}" : null;
    }

    /// <summary>As its owner writes it.</summary>
    public static string Print(string address)
    {
        var at = address.LastIndexOf('@');
        if (!address.AsSpan(at + 1).Contains("xn--", StringComparison.OrdinalIgnoreCase)) return address;
        try
        {
            return address[..(at + 1)] + Idn.GetUnicode(address[(at + 1)..]);
        }
        catch (ArgumentException)
        {
            return address; // it only looks like an encoded domain
        }
    }

    private static string? AsciiDomain(string domain)
    {
        // A Japanese keyboard's wide letters are the same letters.
        domain = string.Concat(domain.Select(c => c is >= '\uFF01' and <= '\uFF5E' ? (char)(c - 0xFEE0) : c));
        if (domain.All(char.IsAscii)) return domain;
        // Nobody sees these characters, but they would make another domain. The marks come from text that keeps letter and accent apart.
        if (domain.Any(c => char.GetUnicodeCategory(c) == UnicodeCategory.Format || c is >= '\u0300' and <= '\u036f')) return null;
        try
        {
            return Idn.GetAscii(domain.ToLowerInvariant());
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static bool IsHost(string domain) =>
        domain.Contains('.', StringComparison.Ordinal) && !domain.EndsWith('.')
        && domain.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.');

    // RFC 5321 without quoted parts and without addresses of machines: nobody has one, and each is a way to say something else.
    private static bool IsPlain(string text) =>
        text.All(c => char.IsAsciiLetterOrDigit(c) || ".!#$%&'*+-/=?^_`{|}~".Contains(c, StringComparison.Ordinal));
}
