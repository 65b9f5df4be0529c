using System.Text.RegularExpressions;

namespace Storefront.Benchmarks;

/// <summary>A member of staff in the back office.</summary>
internal sealed partial class Staff : IDisposable
{
    private const string Email = "admin@example.com", Password = "correct-horse-battery";

    private Staff(HttpClient http) => Http = http;

    /// <summary>What a shop needs to know this person.</summary>
    public static (string Key, string Value)[] Settings => [("Admin__Email", Email), ("Admin__Password", Password)];

    /// <summary>Signed in.</summary>
    public HttpClient Http { get; }

    public static async Task<Staff> SignInAsync(Uri shop)
    {
        var staff = new Staff(
            new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = shop, Timeout = TimeSpan.FromSeconds(30) });
        await (await staff.OpenFormAsync("/account/sign-in", "/account/sign-in", ("Email", Email), ("Password", Password)))();
        return staff;
    }

    /// <summary>Opens a page, and returns what pressing a button of it does. A refusal is an exception.</summary>
    /// <param name="address">That the button's form is sent to.</param>
    public async Task<Func<Task>> OpenFormAsync(string page, string address, params (string Name, string Value)[] fields)
    {
        var token = Token().Match(await Http.GetStringAsync(page)).Groups[1].Value;
        var form = fields.Append(("__RequestVerificationToken", token)).ToDictionary(field => field.Item1, field => field.Item2);
        return async () =>
        {
            using var answer = await Http.PostAsync(address, new FormUrlEncodedContent(form));
            if ((int)answer.StatusCode is not (302 or 303))
                throw new InvalidOperationException($"{address} was answered with {(int)answer.StatusCode}.");
        };
    }

    public void Dispose() => Http.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
