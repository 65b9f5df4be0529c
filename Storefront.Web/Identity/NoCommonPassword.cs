using System.Collections.Frozen;
using System.IO.Compression;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using Storefront.Jobs.Orders;

namespace Storefront.Web.Identity;

/// <summary>
/// Refuses a password that whoever guesses tries first: a common one, also with digits and signs around it or several times in a row, and
/// one that is the person's own address or the shop's name. NIST SP 800-63B, 3.1.1.2.
/// </summary>
internal sealed class NoCommonPassword(IOptions<ShopOptions> shop) : IPasswordValidator<IdentityUser>
{
    private static readonly Lazy<FrozenSet<string>> Common = new(Read);

    public Task<IdentityResult> ValidateAsync(UserManager<IdentityUser> manager, IdentityUser user, string? password) =>
        Task.FromResult(IsCommon(password ?? "", user.Email, shop.Value.Name) ? IdentityResult.Failed(new IdentityError
        {
            Code = nameof(NoCommonPassword),
            Description = "Choose another password: this one is common, and among the first that somebody would guess.",
        }) : IdentityResult.Success);

    internal static bool IsCommon(string password, string? email, string shop)
    {
        var plain = password.Trim().ToLowerInvariant();
        var core = plain.Trim([.. plain.Where(c => !char.IsLetter(c))]);
        return IsKnown(plain) || IsKnown(core) || core.Length < 4 || IsSequence(plain)
            || email?.Split('@') is [{ Length: >= 4 } name, ..] && core.Equals(name, StringComparison.OrdinalIgnoreCase)
            || plain.Equals(email, StringComparison.OrdinalIgnoreCase)
            || Letters(shop) is { Length: >= 4 } its && its == Letters(plain);
    }

    private static string Letters(string text) => string.Concat(text.Where(char.IsLetter)).ToLowerInvariant();

    // "passwordpassword" is no better than "password".
    private static bool IsKnown(string text) =>
        Common.Value.Contains(text) || Enumerable.Range(1, text.Length / 2).Any(length => text.Length % length == 0
            && text == string.Concat(Enumerable.Repeat(text[..length], text.Length / length))
            && (length <= 4 || Common.Value.Contains(text[..length])));

    // Each letter is the next one, or the one before, in the alphabet.
    private static bool IsSequence(string text) =>
        text.Length > 1 && Math.Abs(text[1] - text[0]) <= 1
        && text.Zip(text.Skip(1)).All(pair => pair.Second - pair.First == text[1] - text[0]);

    private static FrozenSet<string> Read()
    {
        using var file = typeof(NoCommonPassword).Assembly.GetManifestResourceStream("passwords.txt.gz")!;
        using var lines = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        var passwords = new List<string>();
        while (lines.ReadLine() is { } line) passwords.Add(line.ToLowerInvariant());
        return passwords.ToFrozenSet(StringComparer.Ordinal);
    }
}
