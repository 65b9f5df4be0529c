using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Storefront.Jobs.Hosting;

public static class CheckedOptions
{
    /// <summary>Binds a section and checks it when the host starts; every fault becomes one sentence that names its setting.</summary>
    public static OptionsBuilder<TOptions> AddChecked<TOptions>(this IServiceCollection services, string section) where TOptions : class
    {
        services.AddSingleton<IValidateOptions<TOptions>>(new Sentences<TOptions>(section));
        return services.AddOptions<TOptions>().BindConfiguration(section, binder => binder.ErrorOnUnknownConfiguration = false).ValidateOnStart();
    }

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
            var rest = message.StartsWith("The field ", StringComparison.Ordinal) ? message[(message.IndexOf(" must", StringComparison.Ordinal) + 1)..] : message;
            return $"Setting {setting} {rest}";
        }
    }
}
