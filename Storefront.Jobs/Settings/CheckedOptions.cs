using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Storefront.Jobs.Settings;

public static partial class CheckedOptions
{
    /// <summary>Binds a section and checks it when the host starts; every fault becomes one sentence that names its setting.</summary>
    public static OptionsBuilder<TOptions> AddChecked<TOptions>(this IServiceCollection services, string section) where TOptions : class
    {
        services.AddSingleton<IValidateOptions<TOptions>>(new Sentences<TOptions>(section));
        return services.AddOptions<TOptions>()
            .Configure<IConfiguration>((options, settings) => Bind(options, settings, section))
            .ValidateOnStart();
    }

    /// <summary>The sentence for a value that is not of its setting's type; null for any other fault.</summary>
    public static string? Explain(InvalidOperationException fault) => NotOfItsType().Match(fault.Message) is { Success: true } found
        ? $"Setting {found.Groups["key"].Value} is \"{found.Groups["value"].Value}\", which is no {found.Groups["type"].Value switch
        {
            "Int32" or "Int64" => "whole number",
            "Double" or "Decimal" => "number",
            "Boolean" => "true or false",
            var other => other,
        }}."
        : null;

    private static void Bind<TOptions>(TOptions options, IConfiguration settings, string section) where TOptions : class
    {
        try
        {
            settings.GetSection(section).Bind(options);
        }
        catch (InvalidOperationException fault) when (Explain(fault) is { } sentence)
        {
            throw new OptionsValidationException("", typeof(TOptions), [sentence]); // with the faults of the other sections
        }
    }

    [GeneratedRegex(@"Failed to convert configuration value '(?<value>.*)' at '(?<key>[^']+)' to type '(System\.)?(?<type>[^']+)'")]
    private static partial Regex NotOfItsType();

    private sealed class Sentences<TOptions>(string section) : IValidateOptions<TOptions> where TOptions : class
    {
        public ValidateOptionsResult Validate(string? name, TOptions options)
        {
            var faults = new List<ValidationResult>();
            Validator.TryValidateObject(options, new ValidationContext(options), faults, validateAllProperties: true);
            // The framework asks the object itself only where no property was at fault; a person wants all of it at once.
            if (faults.Count > 0 && options is IValidatableObject self) faults.AddRange(self.Validate(new ValidationContext(options)));
            return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults.Select(Sentence));
        }

        private string Sentence(ValidationResult fault)
        {
            var setting = $"{section}:{fault.MemberNames.FirstOrDefault()}";
            var message = fault.ErrorMessage ?? "is not valid.";
            // The framework's own messages begin with "The field X must …".
            var rest = message.StartsWith("The field ", StringComparison.Ordinal)
                ? message[(message.IndexOf(" must", StringComparison.Ordinal) + 1)..] : message;
            return $"Setting {setting} {rest}";
        }
    }
}
